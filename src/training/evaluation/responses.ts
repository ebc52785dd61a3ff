/** Which responses an evaluation is of, and what there is to say of how they came to be. */
import { counted } from "../../datasets/text/counted.js";
import type { EvaluationConfig, StoredSampling } from "../config/evaluation.js";
import type { EvaluationPrompt, StoredResponse } from "../config/prompts.js";
import { type ModelResponse, ResponseCounts } from "../sampling/sampling.js";
import type { LaidOutContext } from "../text/text-layout.js";
import { ContextCuts } from "../text/window-cuts.js";

type Config = Pick<
  EvaluationConfig,
  "architecture" | "temperature" | "maxResponseTokens" | "seed" | "samplings" | "hasBaseline"
>;

/**
 * The responses of a model: one a prompt, as its settings say. A stored completion takes the place of one that was not sampled
 * yet only where it has the same bits: it was made by the same model, with the same temperature, limit and seed (isMadeAs), as
 * the first sample, in this environment. So a figure depends neither on what is stored nor on who generated before.
 */
export class ModelResponses {
  /** Of all, whether reused or sampled. */
  private readonly counts = new ResponseCounts();
  /** Of those alone that are sampled here: whether a stored text ends within a character is not stored. */
  private readonly sampled = new ResponseCounts();
  /** Of all: a context is cut by the prompt, the window and the limit alone, which are the same for what is reused. */
  private readonly contexts = new ContextCuts();
  private readonly reused = new Map<string, number>();
  private leftAside = 0;

  /** @param environment the fingerprint of where this evaluation runs */
  constructor(
    private readonly config: Config,
    private readonly environment: string,
  ) {}

  /** The stored completion that has the bits of what would be sampled, or null. */
  stored({ responses }: EvaluationPrompt): StoredResponse | null {
    return (
      responses.find(
        ({ sampling, ended }) =>
          sampling !== null && ended !== null && this.config.samplings[sampling]?.environment === this.environment,
      ) ?? null
    );
  }

  /** @param context of the prompt, as it would be laid out to sample the same anew */
  addStored({ sampling, ended }: StoredResponse, context: LaidOutContext): void {
    this.contexts.add(context.ids.length, context.whole);
    this.counts.add({ text: "", ended: ended === true, isBroken: false });
    const key = sampling as string;
    this.reused.set(key, (this.reused.get(key) ?? 0) + 1);
  }

  addSampled(response: ModelResponse, context: LaidOutContext): void {
    this.contexts.add(context.ids.length, context.whole);
    this.counts.add(response);
    this.sampled.add(response);
  }

  /** Counts what a prompt has that is no response of this evaluation. */
  addOthers({ otherResponses, responses }: EvaluationPrompt, used: StoredResponse | null): void {
    this.leftAside += otherResponses + responses.length - (used === null ? 0 : 1);
  }

  warnings(): string[] {
    const { temperature, maxResponseTokens, seed, architecture, samplings } = this.config;
    const { all, cut } = this.counts;
    if (all === 0) return [];
    const { sampled } = this;
    const cuts = cut === 0 ? "none was cut" : `${cut} of ${all} ${cut === 1 ? "was" : "were"} cut at that limit`;
    const each = `Responses are one a prompt, ${settings({ temperature, maxResponseTokens, seed })}; ${cuts}.`;
    const reused = [...this.reused].map(([id, count]) => {
      const are = count === 1 ? "is a stored one" : "are stored ones";
      const others = sampled.all > 0 && this.reused.size === 1 ? "; the others were sampled" : "";
      return `${count} of ${counted(all, "response")} ${are} of ${jobOf(samplings[id])}, made with these settings: sampling anew would give the same${others}. Whether ${count === 1 ? "the stored one" : "any of the stored ones"} ends within a character is not stored.`;
    });
    const aside =
      this.leftAside === 0
        ? []
        : [
            `${counted(this.leftAside, "other stored completion")} under the model's name ${this.leftAside === 1 ? "is" : "are"} left aside, for this evaluation would not sample ${this.leftAside === 1 ? "it" : "them"} so; evaluate the source to measure what is stored.`,
          ];
    const lost = this.contexts.sentence(maxResponseTokens, architecture?.contextLength ?? 0);
    const broken = sampled.brokenSentence(this.reused.size > 0 ? "sampled response" : "response");
    return [each, ...reused, ...aside, ...(lost === null ? [] : [lost]), ...(broken === null ? [] : [broken])];
  }
}

/** What is known of stored completions that are evaluated, or compared with, as they are. */
export class StoredResponses {
  private all = 0;
  private prompts = 0;
  private cut = 0;
  private unknown = 0;
  private readonly bySampling = new Map<string | null, number>();

  /** @param what how a sentence begins: "Responses", "Completions of the baseline" */
  constructor(
    private readonly what: string,
    private readonly samplings: Config["samplings"],
  ) {}

  add(responses: readonly StoredResponse[]): void {
    if (responses.length > 0) this.prompts++;
    for (const { ended, sampling } of responses) {
      this.all++;
      if (ended === null) this.unknown++;
      else if (!ended) this.cut++;
      const key = sampling !== null && sampling in this.samplings ? sampling : null;
      this.bySampling.set(key, (this.bySampling.get(key) ?? 0) + 1);
    }
  }

  /** Nothing where nothing is known of them. */
  warnings(): string[] {
    const { all, cut, unknown, bySampling } = this;
    const without = bySampling.get(null) ?? 0;
    if (all === 0 || (unknown === all && without === all)) return [];
    const known = all - unknown;
    const cuts = [
      known > 0 ? `${cut} of ${known} ${cut === 1 ? "was" : "were"} cut at a limit of tokens` : "",
      unknown > 0 ? `of ${unknown} it is not known whether ${unknown === 1 ? "it was" : "they were"} cut` : "",
    ].filter((part) => part !== "");
    const made = [...bySampling]
      .filter((entry): entry is [string, number] => entry[0] !== null)
      .map(([id, count]) => {
        const sampling = this.samplings[id] as StoredSampling;
        return `${count} by ${jobOf(sampling)} ${settings(sampling)}`;
      });
    const told = `${this.what}: ${counted(all, "stored completion")} of ${counted(this.prompts, "prompt")}; ${cuts.join(", and ")}.`;
    if (made.length === 0) return [told];
    const rest = without === 0 ? "" : `; of ${without} it is not known how`;
    const several = made.length + (without > 0 ? 1 : 0) > 1 ? " They were not all made the same way." : "";
    return [`${told} Sampled were ${made.join(", ")}${rest}.${several}`];
  }
}

const settings = ({
  temperature,
  maxResponseTokens,
  seed,
}: Pick<StoredSampling, "temperature" | "maxResponseTokens" | "seed">): string =>
  `at temperature ${temperature}, of at most ${counted(maxResponseTokens, "token")}, with seed ${seed}`;

const jobOf = (sampling: StoredSampling | undefined): string =>
  sampling?.job == null ? "a job that was deleted" : `job ${sampling.job}`;
