import ArgumentParser

/// Parses the finite number of an option. The error shows what was typed: `1e400`, not `inf`; `1e-400`, not `0.0`.
public func finiteNumber<Number: BinaryFloatingPoint & LosslessStringConvertible>(
  _ text: String
) throws -> Number {
  guard let number = Number(text), !number.isNaN else { throw ValidationError("a number is needed.") }
  guard number.isFinite else { throw ValidationError("that is too large to compute with.") }
  let isZero = !text.prefix { $0 != "e" && $0 != "E" }.contains { ("1"..."9").contains($0) }
  guard number != 0 || isZero else { throw ValidationError("that is too close to 0 to compute with.") }
  return number
}
