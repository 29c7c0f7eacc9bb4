/** A canvas to draw a digit on, and the picture as a model takes it. */
import type { Model } from './types.js';

/** Height and width of the picture that a model takes, where it takes one of grey pixels. */
export function pictureSize({ inputs }: Model): readonly [number, number] | undefined {
  if (inputs.length !== 1) return undefined;
  const shape = inputs[0]!.shape.filter((dimension) => dimension !== 1);
  if (shape.length === 2 && shape[0]! >= 8 && shape[1]! >= 8) return [shape[0]!, shape[1]!];
  const side = Math.sqrt(shape[0] ?? 0);
  return shape.length === 1 && Number.isInteger(side) && side >= 8 ? [side, side] : undefined;
}

export class Drawing {
  private readonly pen: CanvasRenderingContext2D;
  private isDrawing = false;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.pen = canvas.getContext('2d', { willReadFrequently: true })!;
    const place = (event: PointerEvent): [number, number] => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return [((event.clientX - left) / width) * canvas.width, ((event.clientY - top) / height) * canvas.height];
    };
    canvas.addEventListener('pointerdown', (event) => {
      this.isDrawing = true;
      canvas.setPointerCapture(event.pointerId);
      this.pen.beginPath();
      this.pen.moveTo(...place(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.isDrawing) return;
      this.pen.lineTo(...place(event));
      this.pen.stroke();
    });
    for (const end of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(end, () => (this.isDrawing = false));
    this.clear();
  }

  clear(): void {
    this.pen.fillStyle = '#000';
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.pen.strokeStyle = '#fff';
    this.pen.lineWidth = this.canvas.width / 11;
    this.pen.lineCap = this.pen.lineJoin = 'round';
  }

  /** Grey values from 0 to 1, row-major: the mean of each pixel's part of the canvas. */
  pixels(height: number, width: number): number[] {
    const small = new OffscreenCanvas(width, height).getContext('2d')!;
    small.imageSmoothingQuality = 'high';
    small.drawImage(this.canvas, 0, 0, width, height);
    const { data } = small.getImageData(0, 0, width, height);
    return Array.from({ length: height * width }, (_, i) => data[4 * i]! / 255);
  }
}
