/** Leaves each of several equal tables only once, and the rows out where one table remains. */
export function shareTables(tables: Int32Array, rows: Int32Array): { tables: Int32Array; rows?: Int32Array } {
  const known = new Map<string, number>();
  const kept: Int32Array[] = [];
  const places = Array.from({ length: tables.length / 256 }, (_, row) => {
    const table = tables.subarray(256 * row, 256 * (row + 1));
    const key = table.join();
    const place = known.get(key) ?? kept.push(table) - 1;
    known.set(key, place);
    return place;
  });
  if (kept.length === 1) return { tables: Int32Array.from(kept[0]!) };
  return { tables: Int32Array.from(kept.flatMap((table) => [...table])), rows: rows.map((row) => places[row]!) };
}
