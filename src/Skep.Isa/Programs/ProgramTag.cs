namespace Skep.Isa;

/// <summary>The hash behind a program's tag.</summary>
public enum TagHash : byte
{
    /// <summary>Linux 4.10 to 6.17.</summary>
    Sha1,

    /// <summary>Linux 6.18 and later.</summary>
    Sha256,
}

/// <summary>
/// A program's tag as the kernel computes it: <c>bpf_prog_calc_tag</c> of kernel/bpf/core.c. It hashes the program as given to
/// <c>bpf(BPF_PROG_LOAD)</c>, after the kernel's own CO-RE relocations if the load asked for such, with the descriptors of maps
/// and the offsets into their values set to zero. Indexes into <c>fd_array</c> and BTF ids stay.
/// </summary>
public static class ProgramTag
{
    /// <summary>Bytes in a tag.</summary>
    public const int TagSize = 8;

    /// <summary>Bytes in a digest.</summary>
    public static int DigestSize(TagHash hash) => hash == TagHash.Sha1 ? 20 : 32;

    /// <summary>The whole digest; its first <see cref="TagSize"/> bytes are the tag.</summary>
    /// <param name="program">The program as given to the kernel.</param>
    /// <param name="hash">Which hash the kernel uses.</param>
    public static byte[] Compute(ReadOnlySpan<Instruction> program, TagHash hash)
    {
        var digest = new byte[DigestSize(hash)];
        Compute(program, hash, digest);
        return digest;
    }

    /// <summary>Writes the whole digest and returns its size in bytes.</summary>
    /// <param name="program">The program as given to the kernel.</param>
    /// <param name="hash">Which hash the kernel uses.</param>
    /// <param name="digest">Takes the digest: <see cref="DigestSize"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="digest"/> is too short.</exception>
    public static int Compute(ReadOnlySpan<Instruction> program, TagHash hash, Span<byte> digest)
    {
        if (digest.Length < DigestSize(hash))
        {
            throw new ArgumentException(
                $"computing a program's tag: room for {digest.Length} of {DigestSize(hash)} bytes (pass a longer span)", nameof(digest));
        }

        Span<uint> state = stackalloc uint[8];
        var sum = new BlockHash(hash == TagHash.Sha256, state);
        Span<byte> block = stackalloc byte[BlockHash.BlockSize];
        var filled = 0;
        var afterMap = false;
        foreach (var slot in program)
        {
            WithoutMap(slot, ref afterMap).Write(block[filled..]);
            filled += Instruction.Size;
            if (filled < block.Length)
                continue;
            sum.Add(block);
            filled = 0;
        }

        return sum.Finish(block[..filled], (long)program.Length * Instruction.Size, digest);
    }

    /// <summary>The tag: 16 hexadecimal digits, as bpftool prints it.</summary>
    public static string Text(ReadOnlySpan<byte> digest) => Convert.ToHexStringLower(digest[..TagSize]);

    private static Instruction WithoutMap(Instruction slot, ref bool afterMap)
    {
        if (!afterMap && slot.IsWide && slot.Src is (WideSource.MapFd or WideSource.MapValue))
        {
            afterMap = true;
            return new((uint)slot.Raw);
        }

        var second = afterMap && (uint)slot.Raw == 0;
        afterMap = false;
        return second ? default : slot;
    }
}
