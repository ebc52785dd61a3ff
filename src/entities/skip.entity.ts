import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** A labeler declined to judge an unclear prompt. */
@Entity("skip")
export class SkipRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ name: "labeler_id", type: "bigint" }) labelerId!: string;
  @Column({ type: "integer" }) position!: number;
  @Column({ type: "text" }) reason!: string;
  @Column({ type: "uuid" }) identity!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
}
