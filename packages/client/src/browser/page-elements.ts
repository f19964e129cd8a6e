import type { PlatformFrameHandler, PlatformPage, PlatformScriptHandler } from "../transport/connector.ts";

/** The part of a Trusted Types policy that is used here. */
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

interface Globals {
  /** Callbacks that Engine.IO's JSONP answers call; older clients on the page share the list. */
  ___eio?: unknown[];
  readonly trustedTypes?: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy };
}

const globals: Globals & typeof globalThis = globalThis;
let scriptUrlPolicy: ScriptUrlPolicy | undefined;
let frames = 0;

/** The elements of this very page; undefined in a worker. */
export function pageElements(withCredentials: boolean): PlatformPage | undefined {
  if (typeof document === "undefined") return undefined;
  const crossOrigin = withCredentials ? "use-credentials" : "anonymous";
  return { origin: location.origin, frame, jsonp: (url, handler) => jsonp(url, crossOrigin, handler), submit };
}

function frame(url: string, handler: PlatformFrameHandler): () => void {
  const element = hiddenFrame();
  // Without an origin, so that what is in it cannot reach this page. With one as well it would be no sandbox.
  element.sandbox.add("allow-scripts");
  // Set before the frame is in the page: a later change would be a step of the page's history.
  element.src = url;
  const listen = ({ data, origin, source }: MessageEvent<unknown>): void => {
    // Null once the frame is removed, as is the source of a message whose frame is gone.
    if (source !== null && source === element.contentWindow) handler.message(data, origin);
  };
  return oncePageIsLoaded(() => {
    window.addEventListener("message", listen);
    element.onload = () => handler.loaded();
    document.body.append(element);
    return () => {
      window.removeEventListener("message", listen);
      element.onload = null;
      element.remove();
    };
  });
}

/** The callback stays, deaf, until the script has run: a script under way runs even when its element is removed. */
function jsonp(url: string, crossOrigin: string, handler: PlatformScriptHandler): () => void {
  return oncePageIsLoaded(() => {
    globals.___eio ??= [];
    const callbacks = globals.___eio;
    let data: string | undefined;
    const place =
      callbacks.push((text: unknown) => {
        if (typeof text === "string") data ??= text;
      }) - 1;
    let removed = false;
    const element = document.createElement("script");
    // Without it the browser does not tell the server which page asks, and ours answers none that it does not know.
    element.crossOrigin = crossOrigin;
    const settle = (report: () => void): void => {
      delete callbacks[place];
      element.remove();
      if (!removed) report();
    };
    element.onload = () => settle(() => handler.loaded(data));
    element.onerror = () => settle(() => handler.failed());
    try {
      element.src = trustedScriptUrl(`${url}&j=${place}`);
      document.head.append(element);
    } catch {
      // The page does not allow our policy.
      queueMicrotask(() => settle(() => handler.failed()));
    }
    return () => {
      removed = true;
      element.remove();
    };
  });
}

function submit(url: string, fields: Readonly<Record<string, string>>, loaded: () => void): () => void {
  const target = hiddenFrame();
  target.name = `everwire-${++frames}-${Math.random().toString(36).slice(2)}`;
  const form = document.createElement("form");
  form.action = url;
  form.method = "post";
  form.target = target.name;
  form.acceptCharset = "utf-8";
  form.style.display = "none";
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  return oncePageIsLoaded(() => {
    document.body.append(target, form);
    // Only now: the empty document that a new frame begins with loads as well, within `append`.
    target.onload = () => loaded();
    form.submit();
    return () => {
      target.onload = null;
      target.remove();
      form.remove();
    };
  });
}

function hiddenFrame(): HTMLIFrameElement {
  const element = document.createElement("iframe");
  element.style.display = "none";
  element.tabIndex = -1;
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** Starts when the page is complete; what is returned stops the waiting or what was started. */
function oncePageIsLoaded(start: () => () => void): () => void {
  if (document.readyState === "complete") return start();
  let stop = (): void => window.removeEventListener("load", begin);
  const begin = (): void => {
    // Within the event the page still counts as loading.
    const timer = setTimeout(() => {
      stop = start();
    });
    stop = () => clearTimeout(timer);
  };
  window.addEventListener("load", begin, { once: true });
  return () => stop();
}

/**
 * A page may demand that addresses of scripts are vouched for (Trusted Types). Ours are the manager's own address and
 * numbers; a page that names the policies it allows has to name "everwire-jsonp".
 */
function trustedScriptUrl(url: string): string {
  if (globals.trustedTypes === undefined) return url;
  scriptUrlPolicy ??= globals.trustedTypes.createPolicy("everwire-jsonp", { createScriptURL: (address) => address });
  return scriptUrlPolicy.createScriptURL(url);
}
