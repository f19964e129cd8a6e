import type { Connector } from "../transport/connector.ts";
import type { DownlinkRow } from "../transport/downlinks.ts";
import { openIframeDownlink } from "../transport/iframe-downlink.ts";
import { openJsonpDownlink } from "../transport/jsonp-downlink.ts";
import { sendJsonpUplink } from "../transport/jsonp-uplink.ts";
import { pageElements } from "./page-elements.ts";

export const iframe: DownlinkRow = {
  open: (url, setup, handler) => openIframeDownlink(url, onPage(setup), handler),
};

export const jsonp: DownlinkRow = {
  open: (url, setup, handler) => openJsonpDownlink(url, onPage(setup), handler),
  send: (url, body, setup) => sendJsonpUplink(url, body, onPage(setup)),
};

function onPage<T extends { readonly connector: Connector }>(setup: T): T {
  return { ...setup, connector: { ...setup.connector, page: pageElements(setup.connector.withCredentials === true) } };
}
