import Foundation
import Models

let file = FileManager.default.temporaryDirectory.appendingPathComponent(
  "graft-ramp-\(UUID().uuidString).png")
defer { try? FileManager.default.removeItem(at: file) }
try writeRamp(to: file)
let shape = try featureShape(of: file, through: "block5")
guard shape == [1, 7, 7, 64] else { fatalError("The features have the shape \(shape).") }
print("A package with a target Models of its own builds and runs with GraftModels and GraftImages.")
