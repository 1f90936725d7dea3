using Skep.Isa;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Judges captured code: what was read at entry, what was read at exit, and the kernel's own tag.</summary>
internal static class CodeComparer
{
    /// <summary>Code of a program.</summary>
    /// <param name="code">Both readings; null when neither came.</param>
    /// <param name="count">Instructions that the call named.</param>
    /// <param name="tag">The kernel's tag; empty when the load made no program that could be seen.</param>
    /// <param name="digest">The whole hash that the tag is the head of, on kernels that keep it (6.18).</param>
    /// <param name="changedByKernel">Whether the kernel itself changes the code before it computes the tag.</param>
    /// <param name="piecesLost">Pieces that found no room in the ring buffer.</param>
    /// <param name="untagged">Why there is no tag to compare.</param>
    /// <param name="isReadOnce">Whether user memory is read only when the call ends, and only where the kernel made no copy.</param>
    public static CodeDetails Judge(
        CapturedCode? code, uint count, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> digest, bool changedByKernel, uint piecesLost,
        string untagged, bool isReadOnce = false)
    {
        if (code?.Kernel is { } copy) return OfKernel(copy, count, tag, digest, changedByKernel, piecesLost);
        BlobBuffer? enter = code?.Enter, exit = code?.Exit;
        ulong size = (ulong)count * Instruction.Size;
        bool enterWhole = enter is { IsWhole: true } && enter.Total == size;
        bool exitWhole = exit is not null && code!.ExitIsWhole && exit.Total == size;
        bool differ = enterWhole && exitWhole && !code!.Agrees;
        if (!tag.IsEmpty && exitWhole && Matches(exit!.Bytes, tag, digest)) return Tagged(exit.Bytes, count, differ, "exit");
        if (!tag.IsEmpty && enterWhole && Matches(enter!.Bytes, tag, digest)) return Tagged(enter.Bytes, count, differ, "entry");
        if (differ)
        {
            return Whole(enter!.Bytes, count, CaptureQuality.Raced,
                "the buffer was rewritten during the call; these bytes were read at entry, and neither reading can be proven");
        }

        bool refuted = !tag.IsEmpty && !changedByKernel;
        string unproven = tag.IsEmpty ? untagged : "the kernel applied CO-RE relocations before it computed the tag";
        if (enterWhole && exitWhole)
        {
            return refuted
                ? Whole(exit!.Bytes, count, CaptureQuality.Raced,
                    "the bytes do not recompute to the tag of the program behind the returned descriptor: "
                    + "the buffer was rewritten and restored during the call, or the descriptor was replaced")
                : Whole(exit!.Bytes, count, CaptureQuality.Consistent, unproven);
        }

        if (enterWhole || exitWhole)
        {
            string once = isReadOnce && exitWhole ? "the call failed before the kernel made a copy: read from the process when it ended"
                : exitWhole
                ? $"whole at exit, but {WhyNot(enter, piecesLost)} at entry"
                : $"whole at entry, but {WhyNot(exit, piecesLost)} at exit";
            ReadOnlySpan<byte> whole = exitWhole ? exit!.Bytes : enter!.Bytes;
            return refuted
                ? Whole(whole, count, CaptureQuality.Raced,
                    $"the bytes do not recompute to the kernel's tag: the buffer was rewritten during the call ({once})")
                : Whole(whole, count, CaptureQuality.Partial, $"{once}, and {unproven}");
        }

        BlobBuffer? part = exit ?? enter;
        return new CodeDetails
        {
            Bytes = part is null ? default : part.Bytes.ToArray(), Count = count, Quality = CaptureQuality.Partial, IsWhole = false,
            Reason = count == 0 ? "the call names no instructions" : WhyNot(part, piecesLost),
        };
    }

    // What the kernel had before it looked at it: no thread of the process can change that.
    private static CodeDetails OfKernel(
        BlobBuffer copy, uint count, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> digest, bool changedByKernel, uint piecesLost)
    {
        bool isWhole = copy.IsWhole && copy.Total == (ulong)count * Instruction.Size;
        if (!isWhole)
        {
            return new CodeDetails
            {
                Bytes = copy.Bytes.ToArray(), Count = count, Quality = CaptureQuality.Partial, Reason = WhyNot(copy, piecesLost),
            };
        }

        return tag.IsEmpty || changedByKernel || Matches(copy.Bytes, tag, digest)
            ? Whole(copy.Bytes, count, CaptureQuality.Proven, null)
            : Whole(copy.Bytes, count, CaptureQuality.Partial, "the kernel's copy does not recompute to its tag");
    }

    private static CodeDetails Tagged(ReadOnlySpan<byte> bytes, uint count, bool differ, string when) => differ
        ? Whole(bytes, count, CaptureQuality.Raced,
            $"the buffer was rewritten during the call; these bytes, read at {when}, recompute to the kernel's tag")
        : Whole(bytes, count, CaptureQuality.Proven, null);

    private static string WhyNot(BlobBuffer? reading, uint piecesLost) =>
        piecesLost > 0 ? "a part found no room in the ring buffer (give a larger --buffer)"
        : reading is null ? "nothing could be read"
        : reading.MissingPages > 0 ? $"{reading.MissingPages} pages of it were not in memory"
        : "a part of it is missing";

    private static CodeDetails Whole(ReadOnlySpan<byte> bytes, uint count, CaptureQuality quality, string? reason) =>
        new() { Bytes = bytes.ToArray(), Count = count, Quality = quality, Reason = reason, IsWhole = true };

    private static bool Matches(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> digest)
    {
        ReadOnlySpan<Instruction> program = Decoder.Slots(bytes);
        Span<byte> computed = stackalloc byte[32];
        int size = ProgramTag.Compute(program, TagHash.Sha256, computed);
        if (computed[..tag.Length].SequenceEqual(tag)) return digest.IsEmpty || computed[..size].SequenceEqual(digest);
        ProgramTag.Compute(program, TagHash.Sha1, computed);
        return computed[..tag.Length].SequenceEqual(tag);
    }
}
