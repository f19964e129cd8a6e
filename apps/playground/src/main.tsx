import "./style/tokens.css";
import "./style/base.css";
import "./style/layout.css";
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { startConnection } from "./state/connection.ts";
import { startCurrentRoom } from "./state/current-room.ts";
import { restoreDrafts } from "./state/draft.ts";
import { startDrawer } from "./state/drawer.ts";
import { hasName, restoreIdentity } from "./state/identity.ts";
import { startNaming } from "./state/naming.ts";
import { restoreOutbox } from "./state/outbox.ts";
import { restoreOwnId } from "./state/people.ts";
import { startReading } from "./state/reading.ts";
import { startRoom } from "./state/room.ts";
import { startRooms } from "./state/rooms.ts";
import { startRoundTrip } from "./state/round-trip.ts";
import { startStatus } from "./state/status.ts";
import { startTheme } from "./state/theme.ts";
import { App } from "./view/app.tsx";

startTheme();
await restoreIdentity();
restoreDrafts();
restoreOwnId();
startConnection();
startRoundTrip();
startRooms();
startCurrentRoom();
startReading();
startDrawer();
startStatus();
startNaming();
// Without a name there is nobody to be in a room.
effect(() => {
  if (!hasName.value) return;
  return untracked(() => {
    restoreOutbox();
    return startRoom();
  });
});

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
