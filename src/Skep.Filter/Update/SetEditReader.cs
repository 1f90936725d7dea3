using System.Buffers.Binary;
using Skep.Filter.Compile;

namespace Skep.Filter.Update;

/// <summary>
/// Reads images of sets that are edited in place, also one whose edit was cut short: its elements are what programs find.
/// </summary>
internal static class SetEditReader
{
    internal static bool IsBeingEdited(ReadOnlySpan<byte> header) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(header[SetHeader.Edits..]) & 1) != 0;
}
