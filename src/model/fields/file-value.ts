/** A new file of a record that is being written: its bytes are on disk already, its place among the record's files is not. */
export class UploadedFileValue {
  /** The name it will be stored under, made by `createStoredFileName`. */
  readonly name: string;
  /** The name that the client gave, cleaned of path parts. */
  readonly originalName: string;
  /** Bytes. */
  readonly size: number;
  /** What its bytes say it is, such as `image/png`. */
  readonly contentType: string;
  /** Where the bytes are now. */
  readonly path: string;

  constructor(file: { name: string; originalName: string; size: number; contentType: string; path: string }) {
    this.name = file.name;
    this.originalName = file.originalName;
    this.size = file.size;
    this.contentType = file.contentType;
    this.path = file.path;
  }
}
