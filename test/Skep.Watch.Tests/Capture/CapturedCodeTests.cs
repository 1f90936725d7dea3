using CsCheck;
using Skep.Watch.Capture;
using Skep.Watch.Layouts;

namespace Skep.Watch.Tests.Capture;

public sealed class CapturedCodeTests
{
    [Fact]
    public void Nothing_was_read()
    {
        var code = new CapturedCode();
        Assert.Null(code.Enter);
        Assert.Null(code.Exit);
        Assert.False(code.ExitIsWhole);
        Assert.False(code.Agrees);
    }

    [Fact]
    public void Readings_are_what_was_read_each_time()
    {
        Gen.Select(Gen.Byte[0, 2].Array[1, 60], Gen.Byte[0, 2].Array[1, 60], Gen.Int[1, 16], Gen.Bool).Sample((enter, other, piece, same) =>
        {
            byte[] exit = same ? enter : [.. other.Take(enter.Length), .. enter.Skip(other.Length)];
            var code = new CapturedCode();
            Add(code.AddEnter, enter, piece);
            Add(code.AddExit, exit, piece);
            Assert.Equal(enter, code.Enter!.Bytes.ToArray());
            Assert.Equal(exit, code.Exit!.Bytes.ToArray());
            Assert.True(code.ExitIsWhole);
            Assert.Equal(enter.SequenceEqual(exit), code.Agrees);
        });
    }

    [Fact]
    public void Any_lost_piece_of_the_second_reading_is_noticed()
    {
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 11], Gen.Bool).Sample((pieces, lost, differs) =>
        {
            byte[] enter = [.. Enumerable.Range(0, pieces * 8).Select(i => (byte)i)], exit = [.. enter];
            if (differs) exit[^1] ^= 1;
            var code = new CapturedCode();
            Add(code.AddEnter, enter, 8);
            Add(code.AddExit, exit, 8, skip: lost % pieces);
            Assert.False(code.ExitIsWhole);
            Assert.False(code.Agrees);
            Assert.Equal(enter, code.Enter!.Bytes.ToArray());
        });
    }

    [Fact]
    public void Any_lost_piece_of_the_first_reading_is_noticed()
    {
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 11]).Sample((pieces, lost) =>
        {
            byte[] bytes = [.. Enumerable.Range(0, pieces * 8).Select(i => (byte)i)];
            var code = new CapturedCode();
            Add(code.AddEnter, bytes, 8, skip: lost % pieces);
            Add(code.AddExit, bytes, 8);
            Assert.False(code.Agrees);
            Assert.True(code.ExitIsWhole);
            Assert.Equal(bytes, code.Exit!.Bytes.ToArray());
        });
    }

    [Fact]
    public void A_page_that_was_there_at_exit_only_counts_for_exit()
    {
        var code = new CapturedCode();
        code.AddEnter(new BlobRecord { Length = 8, Total = 8, Missing = 1 }, new byte[8]);
        code.AddExit(new BlobRecord { Length = 8, Total = 8 }, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.False(code.Enter!.IsWhole);
        Assert.True(code.ExitIsWhole);
        Assert.False(code.Agrees);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], code.Exit!.Bytes.ToArray());
    }

    private delegate void Adder(in BlobRecord header, ReadOnlySpan<byte> bytes);

    private static void Add(Adder add, byte[] bytes, int piece, int skip = -1)
    {
        for (int at = 0, n = 0; at < bytes.Length; at += piece, n++)
        {
            int length = Math.Min(piece, bytes.Length - at);
            if (n != skip) add(new BlobRecord { Offset = (uint)at, Length = (uint)length, Total = (uint)bytes.Length },
                bytes.AsSpan(at, length));
        }
    }
}
