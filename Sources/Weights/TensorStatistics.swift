import Foundation
import GraftTensor

/// What can be said about the numbers of a tensor in four numbers, computed in double precision.
///
/// Where one of the numbers is NaN, so are all four; an empty tensor has four times NaN.
public struct TensorStatistics: Hashable, Sendable {
  /// The sum, divided by the count.
  public let mean: Double
  /// The root of the mean squared distance from the mean (divided by the count, as NumPy does it).
  public let standardDeviation: Double
  /// The smallest number.
  public let minimum: Double
  /// The largest number.
  public let maximum: Double

  /// Describes numbers.
  public init(of numbers: [Double]) { self.init(numbers) { $0 } }

  /// Describes numbers that are not in double precision yet, without a copy that is.
  init<Numbers: Collection>(_ numbers: Numbers, _ double: (Numbers.Element) -> Double) {
    let count = Double(numbers.count)
    var sum = 0.0
    // Comparisons pass over NaN.
    var isDefined = !numbers.isEmpty
    var (smallest, largest) = (Double.infinity, -Double.infinity)
    for number in numbers {
      let number = double(number)
      sum += number
      if number.isNaN { isDefined = false }
      smallest = number < smallest ? number : smallest
      largest = number > largest ? number : largest
    }
    let mean = sum / count
    var squares = 0.0
    for number in numbers {
      let distance = double(number) - mean
      squares += distance * distance
    }
    self.mean = mean
    standardDeviation = (squares / count).squareRoot()
    minimum = isDefined ? smallest : .nan
    maximum = isDefined ? largest : .nan
  }
}

extension WeightFile {
  /// Reads one tensor and describes its numbers as the file stores them.
  ///
  /// - Throws: an error if there is no such tensor, or it holds no numbers, or cannot be read.
  public func statistics(of name: String) throws -> TensorStatistics {
    // float32 is read in place; wider types would lose something on the way through it.
    guard storedType(of: name) == "float32" else { return TensorStatistics(of: try doubles(named: name)) }
    return unsafe try tensor(named: name).withUnsafeScalars { unsafe TensorStatistics($0, Double.init) }
  }
}
