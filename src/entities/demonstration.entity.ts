import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** An answer written by a labeler. */
@Entity("demonstration")
export class DemonstrationRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ name: "labeler_id", type: "bigint" }) labelerId!: string;
  @Column({ name: "instruction_version_id", type: "bigint", nullable: true }) instructionVersionId!: string | null;
  @Column({ type: "integer" }) position!: number;
  @Column({ type: "text" }) text!: string;
  @Column({ type: "uuid" }) identity!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
