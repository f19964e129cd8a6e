import { MEMBERS, ROOMS } from "../../servers/room-plan.ts";
import type { Job, Measurement, Workload } from "../job.ts";
import { nextPacket } from "./crowd.ts";
import { publishAndWait } from "./event-fan-out.ts";
import { ARGUMENT, requestOf } from "./event-frames.ts";
import { StockCrowd } from "./stock-crowd.ts";

type EventRoomsWorkload = Extract<Workload, { kind: "event-rooms" }>;

const CLIENTS = 1000;

/** Each client is in 100 rooms. Rooms take turns. */
export async function runEventRooms(job: Job, { burst }: EventRoomsWorkload): Promise<Measurement> {
  const crowd = await StockCrowd.open(job, CLIENTS);
  for (const [index, client] of crowd.clients.entries()) {
    const joined = nextPacket(client);
    client.send(`2${JSON.stringify(["join", index])}`);
    const answer = await crowd.unlessLost(joined);
    if (answer !== '2["joined"]') throw new Error(`not the answer to join: ${answer}`);
  }
  const requests = Array.from({ length: ROOMS / burst }, (_, turn) =>
    Buffer.concat(Array.from({ length: burst }, (_, at) => requestOf("say", turn * burst + at, ARGUMENT))),
  );
  let turn = 0;
  const nextRequest = (): Buffer => requests[turn++ % requests.length] ?? Buffer.alloc(0);
  return await publishAndWait(job, crowd, nextRequest, burst * MEMBERS);
}
