import Foundation

/// How a convolution is computed.
public enum ConvolutionAlgorithm: Sendable {
  /// Multiplies and adds as the definition says: the same bits for every batch size.
  case direct
  /// Winograd's minimal filtering (Lavin and Gray, 2016, arXiv:1509.09308) for 3×3 kernels with stride 1: 2 to 3.5
  /// times as fast, with an error of 2e-6 to 4e-6 of the largest value; its bits depend on the batch size. By the compute
  /// library where that has it for this shape on this processor (oneDNN before 3.2 with AVX-512), but for inference with
  /// 128 channels and more, for which portable is as fast and prepares its kernels sooner; else portable where that is
  /// faster than direct, else direct.
  case winograd
  /// Winograd's minimal filtering F(4×4, 3×3) of the same paper by kernels of this package, on every processor: always
  /// for 3×3 kernels with stride 1, else direct. It takes the points 0, ±5/8, ±3/2 and infinity, whose error, about 4e-6
  /// of the largest value, is less than half of that of 0, ±1, ±2 and infinity. Its bits depend neither on the number of
  /// threads nor, but for the gradient of the kernel, on the batch size. `winograd` chooses it by itself where it pays;
  /// name it to have the same numbers with every version of the compute library.
  case portableWinograd
  /// Whichever of the three is the fastest for a shape and a direction (in inference with many channels, where `winograd` is
  /// portable, of the two others), measured at the first use on this machine and remembered in these choices. Copies of the value share
  /// them.
  case measured(ConvolutionChoices)

  /// ``measured(_:)`` with choices of its own, in memory: each time that it is asked for, measurements begin anew.
  public static var fastest: ConvolutionAlgorithm { .measured(ConvolutionChoices()) }

  /// ``measured(_:)`` with choices that a file keeps.
  ///
  /// - Parameter file: see ``ConvolutionChoices/init(keptIn:)``.
  public static func fastest(keptIn file: URL) throws -> ConvolutionAlgorithm {
    .measured(try ConvolutionChoices(keptIn: file))
  }
}

extension ConvolutionAlgorithm: RawRepresentable, Codable, CaseIterable, Hashable {
  /// The names, as on command lines and in files: `direct`, `winograd`, `portable-winograd` and `fastest`.
  public var rawValue: String {
    switch self {
    case .direct: "direct"
    case .winograd: "winograd"
    case .portableWinograd: "portable-winograd"
    case .measured: "fastest"
    }
  }

  /// The algorithm of a name; `fastest` has choices of its own.
  public init?(rawValue: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = found
  }

  /// Each once; the last one has choices of its own.
  public static var allCases: [ConvolutionAlgorithm] { [.direct, .winograd, .portableWinograd, .fastest] }

  /// Whether the names are equal, whatever was measured.
  public static func == (left: ConvolutionAlgorithm, right: ConvolutionAlgorithm) -> Bool {
    left.rawValue == right.rawValue
  }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
