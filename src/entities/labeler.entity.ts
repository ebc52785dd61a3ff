import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import type { LabelerPool, LabelerStatus } from "../vocabulary.js";

/** A person who labels; the handle is the only thing known of them. */
@Entity("labeler")
export class LabelerRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "text" }) handle!: string;
  @Column({ type: "text", default: "TRAINING" }) pool!: LabelerPool;
  @Column({ type: "text", default: "ACTIVE" }) status!: LabelerStatus;
  @Column({ name: "created_at", type: "timestamptz", default: () => "now()" }) createdAt!: Date;
}

/** A labeler's pool and status in a dataset, for a range of revisions. */
@Entity("dataset_labeler")
export class DatasetLabelerRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "labeler_id", type: "bigint" }) labelerId!: string;
  @Column({ type: "text" }) pool!: LabelerPool;
  @Column({ type: "text", default: "ACTIVE" }) status!: LabelerStatus;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
