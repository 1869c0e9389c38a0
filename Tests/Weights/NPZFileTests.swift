import Foundation
import GraftWeights
import Testing

@Test func missingFileIsNamed() {
  #expect(throws: (any Error).self) { try NPZFile(contentsOf: URL(fileURLWithPath: "/nowhere/to/be.npz")) }
}
