import { REFUSED_PORTS } from "../../src/config/refused-ports.js";

/** Whether this Node's fetch lets a request to a port out; nothing is sent. */
async function letsOut(port: number): Promise<boolean> {
  let asked = false;
  const dispatch = () => {
    asked = true;
    throw new Error("Nothing is sent.");
  };
  await fetch(`http://127.0.0.1:${port}/`, { dispatcher: { dispatch } } as object).catch(() => {});
  return asked;
}

test("the ports that are refused are those that fetch refuses", async () => {
  const refused: number[] = [];
  // The last is 10080; what lies above is looked at here and there.
  for (let port = 1; port <= 65_535; port += port < 10_100 ? 1 : 97) if (!(await letsOut(port))) refused.push(port);
  expect(refused).toEqual([...REFUSED_PORTS].sort((a, b) => a - b));
}, 60_000);
