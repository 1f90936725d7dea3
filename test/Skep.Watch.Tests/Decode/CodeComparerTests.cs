using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Skep.Isa;
using Skep.Watch.Capture;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;

namespace Skep.Watch.Tests.Decode;

public sealed class CodeComparerTests
{
    private const string Untagged = "WHY UNTAGGED";

    private static readonly byte[] A = Returning(0), B = Returning(1), Other = Returning(2);

    /// <summary>What a reading of the memory gave.</summary>
    public enum Reading
    {
        /// <summary>No piece came.</summary>
        None,

        /// <summary>The second half did not come.</summary>
        Half,

        /// <summary>A page was not in memory.</summary>
        Faulted,

        /// <summary>The program A.</summary>
        A,

        /// <summary>The program B.</summary>
        B,
    }

    /// <summary>Over what the kernel computed its tag.</summary>
    public enum Tag
    {
        /// <summary>The load failed.</summary>
        None,

        /// <summary>The program A.</summary>
        A,

        /// <summary>The program B.</summary>
        B,

        /// <summary>Neither of them.</summary>
        Other,
    }

    public static TheoryData<Reading, Reading, Tag, bool, bool> Combinations
    {
        get
        {
            var all = new TheoryData<Reading, Reading, Tag, bool, bool>();
            foreach (Reading enter in Enum.GetValues<Reading>())
                foreach (Reading exit in Enum.GetValues<Reading>())
                    foreach (Tag tag in Enum.GetValues<Tag>())
                        foreach (bool sha256 in (bool[])[false, true])
                            foreach (bool changed in (bool[])[false, true]) all.Add(enter, exit, tag, sha256, changed);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void A_judgement_says_no_more_than_was_seen(Reading enter, Reading exit, Tag tag, bool sha256, bool changedByKernel)
    {
        byte[] tagBytes = tag == Tag.None ? [] : TagOf(tag == Tag.A ? A : tag == Tag.B ? B : Other, sha256)[..ProgramTag.TagSize];
        CodeDetails code = CodeComparer.Judge(Code(enter, exit), 2, tagBytes, default, changedByKernel, 0, Untagged);

        byte[]? first = Bytes(enter), last = Bytes(exit), tagged = tag == Tag.A ? A : tag == Tag.B ? B : null;
        bool differ = first is not null && last is not null && first != last;
        if (tagged is not null && (tagged == last || tagged == first))
        {
            Expect(code, differ ? CaptureQuality.Raced : CaptureQuality.Proven, tagged);
            if (differ) Assert.Contains($"read at {(tagged == last ? "exit" : "entry")}, recompute to the kernel's tag", code.Reason);
            else Assert.Null(code.Reason);
        }
        else if (differ)
        {
            Expect(code, CaptureQuality.Raced, first!);
            Assert.Contains("neither reading can be proven", code.Reason);
        }
        else if (first is not null && last is not null)
        {
            Expect(code, tag == Tag.None || changedByKernel ? CaptureQuality.Consistent : CaptureQuality.Raced, first);
            Assert.Contains(tag == Tag.None ? Untagged : changedByKernel ? "CO-RE relocations" : "do not recompute to the", code.Reason);
        }
        else if ((first ?? last) is { } only)
        {
            Expect(code, tag == Tag.None || changedByKernel ? CaptureQuality.Partial : CaptureQuality.Raced, only);
            Assert.Contains(first is null ? "whole at exit" : "whole at entry", code.Reason);
            Assert.Contains(tag == Tag.None ? Untagged : changedByKernel ? "CO-RE relocations" : "do not recompute to the", code.Reason);
            if (tag != Tag.None) Assert.DoesNotContain(Untagged, code.Reason);
        }
        else
        {
            Assert.Equal(CaptureQuality.Partial, code.Quality);
            Assert.False(code.IsWhole);
            Assert.Null(code.Sha256);
            Assert.NotNull(code.Reason);
        }
    }

    [Theory]
    [InlineData(Tag.None, false, CaptureQuality.Proven)]
    [InlineData(Tag.A, false, CaptureQuality.Proven)]
    [InlineData(Tag.B, false, CaptureQuality.Partial)]
    [InlineData(Tag.B, true, CaptureQuality.Proven)]
    public void The_kernels_own_copy_is_proven_unless_its_tag_says_otherwise(Tag tag, bool changedByKernel, CaptureQuality expected)
    {
        byte[] tagBytes = tag == Tag.None ? [] : TagOf(tag == Tag.A ? A : B, sha256: true)[..ProgramTag.TagSize];
        CapturedCode code = Both(B);
        code.AddKernel(new BlobRecord { Length = (uint)A.Length, Total = (uint)A.Length }, A);
        Expect(CodeComparer.Judge(code, 2, tagBytes, default, changedByKernel, 0, Untagged), expected, A);
    }

    [Fact]
    public void Code_that_the_kernel_made_no_copy_of_is_read_once()
    {
        CodeDetails code = CodeComparer.Judge(
            Code(Reading.None, Reading.A), 2, default, default, changedByKernel: false, 0, Untagged, isReadOnce: true);
        Expect(code, CaptureQuality.Partial, A);
        Assert.Contains("before the kernel made a copy", code.Reason);
    }

    [Fact]
    public void The_whole_digest_must_agree_where_the_kernel_keeps_it()
    {
        byte[] digest = TagOf(A, sha256: true);
        Assert.Equal(CaptureQuality.Proven, Judge(A, digest).Quality);
        digest[31] ^= 1;
        Assert.Equal(CaptureQuality.Raced, Judge(A, digest).Quality);

        static CodeDetails Judge(byte[] code, byte[] digest) =>
            CodeComparer.Judge(Both(code), 2, digest.AsSpan(0, ProgramTag.TagSize), digest, changedByKernel: false, 0, Untagged);
    }

    [Fact]
    public void A_count_that_overflows_does_not_make_a_part_the_whole()
    {
        // 2^29 + 2 instructions have 16 bytes in 32 bits.
        CodeDetails code = CodeComparer.Judge(Both(A), (1u << 29) + 2, default, default, changedByKernel: false, 0, Untagged);
        Assert.Equal(CaptureQuality.Partial, code.Quality);
        Assert.False(code.IsWhole);
        Assert.Null(code.Sha256);
    }

    [Fact]
    public void A_call_that_names_no_instructions_says_so()
    {
        CodeDetails code = CodeComparer.Judge(null, 0, default, default, changedByKernel: false, 0, Untagged);
        Assert.Contains("names no instructions", code.Reason);
        Assert.False(code.IsWhole);
    }

    [Fact]
    public void What_the_ring_buffer_had_no_room_for_is_said()
    {
        var half = new CapturedCode();
        half.AddEnter(new BlobRecord { Length = 8, Total = 16 }, A.AsSpan(0, 8));
        Assert.Contains("no room in the ring buffer", CodeComparer.Judge(half, 2, default, default, false, piecesLost: 1, Untagged).Reason);
        Assert.Contains("part of it is missing", CodeComparer.Judge(half, 2, default, default, false, piecesLost: 0, Untagged).Reason);
    }

    private static void Expect(CodeDetails code, CaptureQuality quality, byte[] bytes)
    {
        Assert.Equal(quality, code.Quality);
        Assert.True(code.IsWhole);
        Assert.Equal(bytes, code.Bytes.ToArray());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), code.Sha256);
        Assert.Equal(2u, code.Count);
    }

    // Without map descriptors the kernel's tag is the plain hash of the bytes.
    private static byte[] TagOf(byte[] code, bool sha256) => sha256 ? SHA256.HashData(code) : SHA1.HashData(code);

    private static byte[]? Bytes(Reading reading) => reading == Reading.A ? A : reading == Reading.B ? B : null;

    private static CapturedCode Both(byte[] code) => Code(code == A ? Reading.A : Reading.B, code == A ? Reading.A : Reading.B);

    private static CapturedCode Code(Reading enter, Reading exit)
    {
        var code = new CapturedCode();
        if (enter != Reading.None) code.AddEnter(Header(enter), Part(enter));
        if (exit != Reading.None) code.AddExit(Header(exit), Part(exit));
        return code;
    }

    private static BlobRecord Header(Reading reading) =>
        new() { Length = reading == Reading.Half ? 8u : 16, Total = 16, Missing = reading == Reading.Faulted ? 1u : 0 };

    private static ReadOnlySpan<byte> Part(Reading reading) => reading switch
    {
        Reading.Half => A.AsSpan(0, 8),
        Reading.Faulted => new byte[16],
        _ => Bytes(reading),
    };

    private static byte[] Returning(int value) =>
        MemoryMarshal.AsBytes(new Assembler().Mov(Register.R0, value).Exit().Build().AsSpan()).ToArray();
}
