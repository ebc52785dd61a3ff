import { Column, Entity, PrimaryColumn } from "typeorm";

/** A prompt's length in tokens of its dataset's tokenizer. */
@Entity("prompt_length")
export class PromptLengthRow {
  @PrimaryColumn({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ type: "integer" }) tokens!: number;
}

/** A demonstration's length in tokens of its dataset's tokenizer. */
@Entity("demonstration_length")
export class DemonstrationLengthRow {
  @PrimaryColumn({ name: "demonstration_id", type: "bigint" }) demonstrationId!: string;
  @Column({ type: "integer" }) tokens!: number;
}
