import { Column, Entity, PrimaryColumn } from "typeorm";

/** A file or folder below DATA_DIR that nothing refers to any more and that may be there still. */
@Entity("file_removal")
export class FileRemovalRow {
  @PrimaryColumn({ type: "text" }) place!: string;
  @Column({ type: "timestamptz" }) since!: Date;
}
