import type { Job, Measurement, Workload } from "../job.ts";
import { payloadBytes } from "../payload.ts";
import { Crowd, nextPacket } from "./crowd.ts";
import type { EngineClient } from "./engine-client.ts";
import { measureTraffic } from "./traffic.ts";

type TransportEchoWorkload = Extract<Workload, { kind: "transport-echo" }>;

/** Bytes of the event's one argument: with the rest of the packet it makes 64. */
const ARGUMENT_BYTES = 50;

/** As many events as came back are sent again. */
export async function runTransportEcho(job: Job, workload: TransportEchoWorkload): Promise<Measurement> {
  const { form, connections, inFlight } = workload;
  const event = `2${JSON.stringify(["echo", payloadBytes({ kind: "text", bytes: ARGUMENT_BYTES }).toString()])}`;
  const crowd = new Crowd(job.target, form);
  await crowd.open(connections);
  const [first] = crowd.clients;
  if (first === undefined) throw new Error("nobody is there");
  await Promise.race([checkEcho(first, event), crowd.lost]);

  let operations = 0;
  for (const client of crowd.clients) {
    client.receive = (packet) => {
      if (packet !== event) throw new Error(`wrong answer: ${packet}`);
      operations++;
      client.send(event);
    };
    for (let sent = 0; sent < inFlight; sent++) client.send(event);
  }
  return await Promise.race([measureTraffic(job, crowd.tally, () => operations), crowd.lost]);
}

async function checkEcho(client: EngineClient, event: string): Promise<void> {
  const answer = nextPacket(client);
  client.send(event);
  const packet = await answer;
  if (packet !== event) throw new Error(`wrong answer: ${packet}`);
}
