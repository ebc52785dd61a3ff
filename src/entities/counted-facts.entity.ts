import { Column, Entity, PrimaryColumn } from "typeorm";

/** What was counted of a dataset's prompts as of a revision: derived, so that the next count need only follow the changes. */
@Entity("counted_facts")
export class CountedFactsRow {
  @PrimaryColumn({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ type: "integer" }) revision!: number;
  @Column({ type: "jsonb" }) facts!: unknown;
}
