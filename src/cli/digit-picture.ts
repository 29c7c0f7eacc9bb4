/** Small greyscale images as text. */

const SHADES = ' .:-=+*#%@';

/**
 * Two characters per pixel, so that pixels look square.
 *
 * @param pixels row-major
 * @param width pixels per row
 */
export function picture(pixels: ArrayLike<number>, width: number): string {
  const values = Array.from(pixels);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shade = (value: number): string => {
    const level = high === low ? 0 : Math.round(((value - low) / (high - low)) * (SHADES.length - 1));
    return SHADES.charAt(level).repeat(2);
  };
  const rows = Array.from({ length: values.length / width }, (_, row) =>
    values
      .slice(row * width, (row + 1) * width)
      .map(shade)
      .join(''),
  );
  const border = `+${'-'.repeat(2 * width)}+`;
  return [border, ...rows.map((row) => `|${row}|`), border].join('\n');
}
