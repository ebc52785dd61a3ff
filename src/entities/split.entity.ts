import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { Split, SplitGrouping } from "../vocabulary.js";

/** How the splits of a dataset were assigned, for a range of revisions. */
@Entity("split_policy")
export class SplitPolicyRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ type: "double precision" }) train!: number;
  @Column({ type: "double precision" }) validation!: number;
  @Column({ type: "double precision" }) test!: number;
  @Column({ type: "integer" }) seed!: number;
  @Column({ name: "group_by", type: "text" }) groupBy!: SplitGrouping;
  @Column({ name: "assigned_at", type: "timestamptz" }) assignedAt!: Date;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}

/** What a split belongs to: an author's prompts joined with their near-duplicates, or one prompt. */
@Entity("split_group")
export class SplitGroupRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
}

/** The group that an author's prompts belong to at present. */
@Entity("author_group")
export class AuthorGroupRow {
  @PrimaryColumn({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @PrimaryColumn({ type: "text" }) author!: string;
  @Column({ name: "split_group_id", type: "bigint" }) splitGroupId!: string;
}

/** The split of a group, for a range of revisions. */
@Entity("split_assignment")
export class SplitAssignmentRow {
  @PrimaryColumn({ name: "split_group_id", type: "bigint" }) splitGroupId!: string;
  @PrimaryColumn({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ type: "text" }) split!: Split;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
