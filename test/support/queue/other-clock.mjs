/** Loaded with --import: clocks show ZKINFER_TEST_SHIFT milliseconds more than they should. */
const shift = Number(process.env.ZKINFER_TEST_SHIFT);
const Real = Date;

globalThis.Date = class extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + shift);
    else super(...args);
  }
  static now() {
    return Real.now() + shift;
  }
};
