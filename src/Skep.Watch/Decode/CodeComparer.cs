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
    public static CodeDetails Judge(
        CapturedCode? code, uint count, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> digest, bool changedByKernel, uint piecesLost, string untagged)
    {
        if (count == 0) return new CodeDetails { Count = 0, Quality = CaptureQuality.Partial, Reason = "the call named no code" };
        BlobBuffer? enter = code?.Enter, exit = code?.Exit;
        uint size = count * Instruction.Size;
        bool enterWhole = enter is { IsWhole: true } && enter.Total == size;
        bool exitWhole = exit is not null && code!.ExitIsWhole && exit.Total == size;
        bool differ = enterWhole && exitWhole && !code!.Agrees;
        ReadOnlySpan<byte> newest = exitWhole ? exit!.Bytes : enterWhole ? enter!.Bytes : (exit ?? enter) is { } part ? part.Bytes : default;

        if (!tag.IsEmpty && exitWhole && Matches(exit!.Bytes, tag, digest))
            return Whole(exit.Bytes, count, differ ? CaptureQuality.Raced : CaptureQuality.Proven, differ ? "the buffer was rewritten during the call; these bytes, read at exit, recompute to the kernel's tag" : null);
        if (!tag.IsEmpty && enterWhole && Matches(enter!.Bytes, tag, digest))
        {
            return differ
                ? Whole(enter.Bytes, count, CaptureQuality.Raced, "the buffer was rewritten during the call; these bytes, read at entry, recompute to the kernel's tag")
                : Whole(enter.Bytes, count, CaptureQuality.Proven, null);
        }

        if (differ)
            return Whole(enter!.Bytes, count, CaptureQuality.Raced, "the buffer was rewritten during the call; these bytes were read at entry, and neither reading can be proven");
        if (enterWhole && exitWhole)
        {
            if (tag.IsEmpty) return Whole(exit!.Bytes, count, CaptureQuality.Consistent, untagged);
            return changedByKernel
                ? Whole(exit!.Bytes, count, CaptureQuality.Consistent, "the kernel applied CO-RE relocations before it computed the tag")
                : Whole(exit!.Bytes, count, CaptureQuality.Raced, "the bytes do not recompute to the kernel's tag: the buffer was rewritten and restored during the call");
        }

        if (enterWhole || exitWhole)
            return Whole(newest, count, CaptureQuality.Partial, $"whole at {(exitWhole ? "exit" : "entry")}, but {WhyNot(exitWhole ? enter : exit, piecesLost)} at {(exitWhole ? "entry" : "exit")}, and {untagged}");
        return new CodeDetails
        {
            Bytes = newest.ToArray(), Count = count, Quality = CaptureQuality.Partial, Reason = WhyNot(exit ?? enter, piecesLost), IsWhole = false,
        };
    }

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
