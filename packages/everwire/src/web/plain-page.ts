/** Pages that must work when the build is missing: no style, no script, nothing of the request in them. */
export const NOT_FOUND_PAGE: string = page(
  "Not found",
  '<p>There is nothing at this address.</p>\n<p><a href="/">To the start page</a></p>',
);

export const NOT_BUILT_PAGE: string = page(
  "Everwire is running",
  `<p>The server works, but its web page has not been built yet.</p>
<p>In the checkout, run <code>npm run build</code> and start the server again.</p>
<p>Programs can connect now: the Socket.IO endpoint is <code>/socket.io/</code> on this address.</p>`,
);

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
${body}
</html>
`;
}
