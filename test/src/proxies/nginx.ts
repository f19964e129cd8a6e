import type { ProxyKind } from "./proxy.ts";

/** With these directives for the location that is passed on. */
export function nginxWith(directives: string): ProxyKind {
  return {
    command: "/usr/sbin/nginx",
    arguments: (file) => ["-c", file, "-e", "stderr"],
    configuration: ({ plain, tls, upstream, folder, certificate, key }) => `
daemon off;
master_process off;
pid ${folder}/pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
  }
  server {
    listen 127.0.0.1:${plain};
    listen 127.0.0.1:${tls} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      ${directives}
    }
  }
}
`,
  };
}

/** HTTP/1.1 upstream, and the hop-by-hop headers handed on by name, as nginx documents it for WebSockets. */
export const PASS_UPGRADES = `
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;`;

/** As nginx documents it for WebSockets. */
export const nginx: ProxyKind = nginxWith(PASS_UPGRADES);
