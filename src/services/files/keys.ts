/** Where a record's file lies: `<collectionId>/<recordId>/<name>`. */
export function fileKeyOf(collectionId: string, recordId: string, name: string): string {
  return `${collectionId}/${recordId}/${name}`;
}

/** Where the thumbs of a file lie: `<collectionId>/<recordId>/thumbs_<name>`. */
export function thumbsPrefixOf(key: string): string {
  const end = key.lastIndexOf('/') + 1;
  return `${key.slice(0, end)}thumbs_${key.slice(end)}`;
}

/** Where one thumb of a file lies: `<collectionId>/<recordId>/thumbs_<name>/<size>_<name>`. */
export function thumbKeyOf(key: string, size: string): string {
  return `${thumbsPrefixOf(key)}/${size}_${key.slice(key.lastIndexOf('/') + 1)}`;
}
