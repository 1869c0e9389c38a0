import ArgumentParser

/// A finite number as an option takes it. The error shows what was typed: `1e400` is no `inf`, and `1e-400` no `0.0`.
public func finiteNumber<Number: BinaryFloatingPoint & LosslessStringConvertible>(
  _ text: String
) throws -> Number {
  guard let number = Number(text), !number.isNaN else { throw ValidationError("a number is needed.") }
  guard number.isFinite else { throw ValidationError("that is more than can be computed with.") }
  let isZero = !text.prefix { $0 != "e" && $0 != "E" }.contains { ("1"..."9").contains($0) }
  guard number != 0 || isZero else { throw ValidationError("that is too close to 0 to be computed with.") }
  return number
}
