/** The commands about jobs and models that are there. */
import type { Command } from "commander";
import { JOB_KINDS, JOB_LANES, JOB_STATUSES } from "../vocabulary.js";
import { followJob } from "./commands/follow-job.js";
import {
  cancelJobById,
  deleteJobById,
  printEnd,
  retryJobById,
  showJob,
  showJobs,
  showModels,
} from "./commands/jobs.js";
import { downloadModel, sendModel } from "./commands/model-files.js";
import type { Client } from "./server/client.js";
import { json, whole, word } from "./terminal/options.js";

export function addJobCommands(accord: Command, client: () => Client): void {
  accord
    .command("jobs")
    .description("the latest jobs")
    .addOption(word("--status <status>", "with this status only", JOB_STATUSES))
    .addOption(word("--kind <kind>", "of this kind only", JOB_KINDS))
    .addOption(word("--lane <lane>", "of this lane only", JOB_LANES))
    .option("--first <n>", "how many, at most 200", whole, 20)
    .option(...json)
    .action((options) => showJobs(client(), options));
  accord
    .command("job")
    .description("one job; --follow shows it live to its end")
    .argument("<id>")
    .option("-f, --follow", "a live bar and the loss; with --json each point as a line of JSON")
    .option(...json)
    .action(async (id, options) => {
      if (!options.follow) return showJob(client(), id, options);
      printEnd(await followJob(client(), id, options), options.json);
    });
  accord
    .command("cancel")
    .description("cancel a job, and what waits for it; says what that was")
    .argument("<id>")
    .option(...json)
    .action((id, options) => cancelJobById(client(), id, options));
  accord
    .command("retry")
    .description("put a failed or cancelled job back into the queue, to go on from its last checkpoint, if it has one")
    .argument("<id>")
    .option("--other-environment", "also where its bits may differ")
    .option("--with-dependents", "with what was cancelled because it waited for it")
    .option(...json)
    .action((id, options) => retryJobById(client(), id, options));
  accord
    .command("delete-job")
    .description("delete a job that has ended, with its log, checkpoints and evaluation")
    .argument("<id>")
    .option(...json)
    .action((id, options) => deleteJobById(client(), id, options));
  accord
    .command("models")
    .description("the models")
    .option(...json)
    .action((options) => showModels(client(), options));
  const model = accord.command("model").description("export and import models in Hugging Face's layout");
  model
    .command("export")
    .description("write a model as a folder that transformers opens")
    .argument("<id>", "the model")
    .option("-o, --output <folder>", "what is made, which must not be there yet (default: the model's name)")
    .option("--native", "the model's own one file instead (default: Hugging Face's folder)")
    .option(...json)
    .action((id, options) => downloadModel(client(), id, options));
  model
    .command("import")
    .description("send a folder with a GPT-2 to the server: config.json, model.safetensors and a tokenizer")
    .argument("<folder>")
    .option("--name <name>", "the name of the model, 1 to 200 characters (default: the folder's)")
    .option(...json)
    .action((folder, options) => sendModel(client(), folder, options));
}
