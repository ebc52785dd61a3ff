import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { PromptKind, PromptSource, PromptTrait, Stage, UseCase } from "../vocabulary.js";

/** What never changes about a prompt (and how many rankings it has at present). */
@Entity("prompt")
export class PromptRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ type: "uuid" }) identity!: string;
  @Column({ name: "external_id", type: "text", nullable: true }) externalId!: string | null;
  @Column({ type: "text" }) text!: string;
  @Column({ type: "text" }) kind!: PromptKind;
  @Column({ name: "few_shot", type: "jsonb", default: [] }) fewShot!: { query: string; response: string }[];
  @Column({ type: "text" }) source!: PromptSource;
  @Column({ type: "text", nullable: true }) author!: string | null;
  @Column({ type: "text", array: true, default: [] }) tags!: string[];
  @Column({ type: "json", default: {} }) metadata!: Record<string, unknown>;
  @Column({ name: "ranking_count", type: "integer", default: 0 }) rankingCount!: number;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
}

/** What may change about a prompt and decides who reads it, for a range of revisions. */
@Entity("prompt_state")
export class PromptStateRow {
  @PrimaryColumn({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @PrimaryColumn({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "split_group_id", type: "bigint" }) splitGroupId!: string;
  @Column({ name: "use_case", type: "text", nullable: true }) useCase!: UseCase | null;
  @Column({ type: "text", nullable: true }) language!: string | null;
  @Column({ type: "jsonb", default: {} }) traits!: Partial<Record<PromptTrait, boolean | null>>;
  @Column({ type: "text", array: true, nullable: true }) stages!: Stage[] | null;
  @Column({ name: "exclusion_reason", type: "text", nullable: true }) exclusionReason!: string | null;
  @Column({ name: "exclusion_from", type: "text", array: true, nullable: true }) exclusionFrom!: Stage[] | null;
  @Column({ name: "excluded_by", type: "text", nullable: true }) excludedBy!: string | null;
  @Column({ name: "excluded_at", type: "timestamptz", nullable: true }) excludedAt!: Date | null;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
