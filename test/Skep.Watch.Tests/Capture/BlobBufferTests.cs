using CsCheck;
using Skep.Watch.Capture;
using Skep.Watch.Layouts;

namespace Skep.Watch.Tests.Capture;

public sealed class BlobBufferTests
{
    [Fact]
    public void Pieces_in_order_make_the_whole()
    {
        Gen.Select(Gen.Byte.Array[1, 300], Gen.Int[1, 64]).Sample((bytes, piece) =>
        {
            var blob = new BlobBuffer((uint)bytes.Length);
            for (int at = 0; at < bytes.Length; at += piece)
            {
                Assert.False(blob.IsWhole);
                Add(blob, bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)), (uint)at, (uint)bytes.Length);
            }

            Assert.True(blob.IsWhole);
            Assert.Equal(bytes, blob.Bytes.ToArray());
        });
    }

    [Fact]
    public void A_piece_that_was_lost_leaves_it_not_whole()
    {
        Gen.Select(Gen.Int[2, 20], Gen.Int[0, 19]).Sample((pieces, lost) =>
        {
            var blob = new BlobBuffer((uint)pieces * 8);
            for (int i = 0; i < pieces; i++)
                if (i != lost % pieces) Add(blob, new byte[8], (uint)i * 8, (uint)pieces * 8);
            Assert.False(blob.IsWhole);
        });
    }

    [Fact]
    public void A_gap_reads_as_zero()
    {
        var blob = new BlobBuffer(6);
        Add(blob, [1, 2], 0, 6);
        Add(blob, [5, 6], 4, 6);
        Assert.Equal([1, 2, 0, 0, 5, 6], blob.Bytes.ToArray());
        Assert.False(blob.IsWhole);
    }

    [Fact]
    public void The_same_piece_twice_does_not_stand_for_another()
    {
        var blob = new BlobBuffer(16);
        Add(blob, new byte[8], 8, 16);
        Add(blob, new byte[8], 8, 16);
        Assert.False(blob.IsWhole);
        Assert.Equal(8u, blob.First);
    }

    [Fact]
    public void Pages_that_were_not_there_leave_it_not_whole()
    {
        var blob = new BlobBuffer(8192);
        Add(blob, new byte[8192], 0, 8192, missing: 0b10);
        Assert.Equal(1, blob.MissingPages);
        Assert.False(blob.IsWhole);
    }

    [Fact]
    public void The_end_of_a_long_one_says_where_it_begins()
    {
        var blob = new BlobBuffer(100);
        Add(blob, "end"u8, 97, 100);
        Assert.Equal(97u, blob.First);
        Assert.Equal("end"u8.ToArray(), blob.Bytes.ToArray());
        Assert.False(blob.IsWhole);
    }

    // Kernels that do not say how long a log is: each piece ends with a NUL, which the next one overwrites.
    [Fact]
    public void A_string_of_unknown_length_grows()
    {
        var blob = new BlobBuffer(4);
        Add(blob, "abc\0"u8, 0, 4);
        Add(blob, "de\0"u8, 3, 6);
        Assert.Equal("abcde\0"u8.ToArray(), blob.Bytes.ToArray());
    }

    [Fact]
    public void Nothing_beyond_the_limit_is_kept()
    {
        var blob = new BlobBuffer(uint.MaxValue);
        Add(blob, [1], 0, uint.MaxValue);
        Add(blob, new byte[16], BlobBuffer.Limit - 8, uint.MaxValue);
        Add(blob, new byte[16], uint.MaxValue - 3, uint.MaxValue);
        Assert.True(blob.Bytes.Length <= BlobBuffer.Limit);
        Assert.False(blob.IsWhole);
    }

    private static void Add(BlobBuffer blob, ReadOnlySpan<byte> bytes, uint offset, uint total, uint missing = 0) =>
        blob.Add(new BlobRecord { Offset = offset, Length = (uint)bytes.Length, Total = total, Missing = missing }, bytes);
}
