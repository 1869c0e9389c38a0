import Foundation
import GraftFiles
import GraftTensor

/// A file of scalars by step that TensorBoard shows.
///
/// It only grows, by a record for each call of ``append(_:step:at:)``, so that TensorBoard can watch it. A training that
/// was killed opens it again and goes on: half a record at its end is cut off, and steps that are in it already are not
/// written twice.
///
/// TensorBoard takes each folder for a run, and the files in it whose names contain `tfevents` for its events.
///
/// ```swift
/// let events = try EventFile(in: folder)
/// for epoch in history.epochs {
///   try events.append(["loss": epoch.trainingLoss], step: epoch.number)
/// }
/// ```
public final class EventFile {
  /// Where it is.
  public let file: URL
  private let output: AppendedFile
  private var lastSteps: [String: Int]

  /// Opens the event file of a folder, or begins one: `events.out.tfevents.graft`.
  ///
  /// - Parameters:
  ///   - folder: of one run; made if it is not there.
  ///   - date: noted as the beginning if the file is new.
  /// - Throws: `FileError`, or ``EventFileError`` if there is a file of that name that is no event file or is damaged.
  public convenience init(in folder: URL, at date: Date = Date()) throws {
    try self.init(at: folder.appendingPathComponent("events.out.tfevents.graft"), date: date)
  }

  /// Opens an event file, or begins one.
  ///
  /// - Parameters:
  ///   - file: its name contains `tfevents`; folders above it are made.
  ///   - date: noted as the beginning if the file is new.
  /// - Throws: `FileError`, or ``EventFileError`` if there is a file of that name that is no event file or is damaged.
  public init(at file: URL, date: Date = Date()) throws {
    require(
      file.lastPathComponent.contains("tfevents"),
      "TensorBoard reads files whose names contain tfevents, so it would not see \(file.lastPathComponent).")
    self.file = file
    let exists = FileManager.default.fileExists(atPath: file.path)
    let contents = exists ? try Contents(of: file) : Contents()
    lastSteps = contents.lastSteps
    output = try AppendedFile(at: file, keeping: contents.completeCount)
    if contents.completeCount == 0 { try output.append(Record(Event(date: date, .fileVersion)).bytes) }
  }

  /// Adds the scalars of one step, whole or not at all; those that the file has already for this step or a later one
  /// are left out.
  ///
  /// - Parameters:
  ///   - scalars: by tag, such as `validation/loss`; the slash groups them. Stored as float32.
  ///   - step: such as the epoch, from 0.
  ///   - date: when they were measured.
  /// - Throws: `FileError`, when the disk is full for instance.
  public func append(_ scalars: [String: Double], step: Int, at date: Date = Date()) throws {
    require(step >= 0, "Steps count from 0: \(step).")
    let new = scalars.filter { tag, _ in lastSteps[tag].map { $0 < step } ?? true }
    if new.isEmpty { return }
    let values = new.sorted { $0.key < $1.key }.map { (tag: $0.key, value: Float($0.value)) }
    try output.append(Record(Event(date: date, .scalars(values, step: step))).bytes)
    for tag in new.keys { lastSteps[tag] = step }
  }

  /// The last step that the file holds for a tag; nil if it has none.
  public func lastStep(of tag: String) -> Int? { lastSteps[tag] }
}

/// Why an event file cannot be continued.
public struct EventFileError: LocalizedError, CustomStringConvertible {
  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong with which file, where, and what to do.
  public let description: String

  init(_ file: URL, _ problem: String) {
    description = "\(file.path.printable): \(problem). Move this file away to begin a new one."
  }
}
