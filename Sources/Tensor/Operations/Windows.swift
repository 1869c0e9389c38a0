extension Padding {
  /// How one axis is padded.
  enum Axis {
    case valid, same
    case explicit(before: Int, after: Int)
  }

  var vertical: Axis {
    switch self {
    case .valid: .valid
    case .same: .same
    case .explicit(let top, let bottom, _, _): .explicit(before: top, after: bottom)
    }
  }

  var horizontal: Axis {
    switch self {
    case .valid: .valid
    case .same: .same
    case .explicit(_, _, let left, let right): .explicit(before: left, after: right)
    }
  }
}

/// Ends the program where windows cannot slide: one rule for convolutions, transposed ones and poolings.
func requireWindows(
  of operation: String, size: (Int, Int) = (1, 1), strides: (Int, Int), dilations: (Int, Int) = (1, 1),
  padding: Padding
) {
  for (name, pair) in [("windows", size), ("strides", strides), ("dilations", dilations)] {
    require(
      pair.0 > 0 && pair.1 > 0,
      "\(operation) takes \(name) of 1 or more both ways, not \(pair.0)×\(pair.1).")
  }
  guard case .explicit(let top, let bottom, let left, let right) = padding else { return }
  require(
    min(top, bottom, left, right) >= 0,
    "\(operation) takes padding of 0 or more, not top \(top), bottom \(bottom), left \(left), right \(right)."
  )
}

/// Windows that slide along one axis: where they start and how many fit.
struct WindowAxis: Hashable, Sendable {
  let before, after, outputLength: Int
  private let length, window, stride: Int

  /// - Parameters:
  ///   - length: of the axis.
  ///   - window: how many positions one window spans.
  ///   - stride: from one window to the next.
  ///   - padding: what lies before and after.
  ///   - ceiling: whether a last window may hang over the end, unless it would start behind it (Caffe's and PyTorch's
  ///     `ceil_mode`).
  init(length: Int, window: Int, stride: Int, padding: Padding.Axis, ceiling: Bool = false) {
    (self.length, self.window, self.stride) = (length, window, stride)
    switch padding {
    case .valid: (before, after) = (0, 0)
    case .same:
      let total = max(((length + stride - 1) / stride - 1) * stride + window - length, 0)
      (before, after) = (total / 2, total - total / 2)
    case .explicit(let before, let after): (self.before, self.after) = (before, after)
    }
    let room = length + before + after - window
    guard room >= 0 else {
      outputLength = 0
      return
    }
    var count = (ceiling ? (room + stride - 1) / stride : room / stride) + 1
    if ceiling && (count - 1) * stride >= length + before { count -= 1 }
    outputLength = count
  }

  /// How far the last window reaches beyond the end; negative where it does not get there.
  var reach: Int { (outputLength - 1) * stride + window - length - before }

  /// Whether the first or the last window lies in nothing but padding.
  var hasWindowOfPadding: Bool { before >= window || (outputLength - 1) * stride - before >= length }

  /// How many positions of each window lie in the axis or its padding, and not beyond.
  var coveredLengths: [Int] {
    (0..<outputLength).map { min(window, before + length + after - $0 * stride) }
  }
}

/// Windows that are laid out along one axis and added up, then cropped.
struct SpreadAxis {
  let before, after, outputLength: Int

  init(length: Int, window: Int, stride: Int, cropping: Padding.Axis) {
    let full = (length - 1) * stride + window
    switch cropping {
    case .valid:
      (before, after) = (0, 0)
      outputLength = max(full, length * stride)
    case .same:
      let total = max(window - stride, 0)
      (before, after) = (total / 2, total - total / 2)
      outputLength = length * stride
    case .explicit(let before, let after):
      (self.before, self.after) = (before, after)
      outputLength = full - before - after
    }
  }
}
