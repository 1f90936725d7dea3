using System.Text;
using Skep.Agent.Fleet.Content;
using Skep.Isa;

namespace Skep.Agent.Tests.Fleet;

public sealed class ContentPiecesTests
{
    [Fact]
    public void Pieces_make_the_content_and_a_line_at_its_beginning_moves_few_of_them()
    {
        string[] lines = [.. Enumerable.Range(0, 400_000).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}\n")];
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(lines));
        IReadOnlyList<ReadOnlyMemory<byte>> pieces = ContentPieces.Cut(content);
        Assert.InRange(pieces.Count, 8, 60);
        Assert.Equal(content, pieces.SelectMany(piece => piece.ToArray()));
        string[] hashes = [.. pieces.Select(piece => Sha256Digest.Text(piece.Span))];
        byte[] other = [.. "192.0.2.1\n"u8, .. content];
        string[] others = [.. ContentPieces.Cut(other).Select(piece => Sha256Digest.Text(piece.Span))];
        Assert.InRange(others.Except(hashes).Count(), 1, 3);
    }

    [Fact]
    public void A_content_without_lines_is_cut_too()
    {
        byte[] content = new byte[2_000_000];
        Assert.Equal(content.Length, ContentPieces.Cut(content).Sum(piece => piece.Length));
        Assert.Single(ContentPieces.Cut(ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void A_piece_that_is_another_or_damaged_is_refused()
    {
        byte[] packed = ContentPieces.Pack("text"u8);
        string hash = Sha256Digest.Text("text"u8);
        Assert.Equal("text"u8, ContentPieces.Unpack(hash, packed));
        Assert.Throws<InvalidDataException>(() => ContentPieces.Unpack(Sha256Digest.Text("other"u8), packed));
        Assert.Throws<InvalidDataException>(() => ContentPieces.Unpack(hash, [1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => ContentPieces.Unpack(hash, ContentPieces.Pack(new byte[5 << 20])));
    }
}
