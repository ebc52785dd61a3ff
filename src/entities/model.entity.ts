import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { ModelStage, TokenizerKind } from "../vocabulary.js";

/** A trained model. Its one file is named by its sha256; deleted, it keeps name and hash for those that descend from it. */
@Entity("model")
export class ModelRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "text" }) name!: string;
  @Column({ type: "text" }) stage!: ModelStage;
  @Column({ name: "job_id", type: "bigint", nullable: true }) jobId!: string | null;
  @Column({ name: "dataset_id", type: "bigint", nullable: true }) datasetId!: string | null;
  @Column({ type: "jsonb" }) architecture!: Record<string, unknown>;
  @Column({ type: "text" }) tokenizer!: TokenizerKind;
  @Column({ name: "parameter_count", type: "bigint" }) parameterCount!: string;
  @Column({ type: "text" }) sha256!: string;
  @Column({ type: "bigint" }) bytes!: string;
  @Column({ name: "import_notes", type: "text", array: true, nullable: true }) importNotes!: string[] | null;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "deleted_at", type: "timestamptz", nullable: true }) deletedAt!: Date | null;
}

/** A model that another was made from, in the order of their roles. */
@Entity("model_parent")
export class ModelParentRow {
  @PrimaryColumn({ name: "model_id", type: "bigint" }) modelId!: string;
  @PrimaryColumn({ type: "smallint" }) position!: number;
  @Column({ name: "parent_id", type: "bigint" }) parentId!: string;
}
