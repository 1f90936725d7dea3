using System.Text;
using CsCheck;
using Skep.Agent.Fleet.Content;
using Skep.Isa;

namespace Skep.Agent.Tests.Fleet;

public sealed class LineDeltaTests
{
    private static readonly Gen<byte[]> Contents =
        Gen.Char["ab\n"].Array[0, 40].Select(text => Encoding.UTF8.GetBytes(text));

    [Fact]
    public void What_is_made_of_a_content_and_the_difference_is_the_other_content() => Gen.Select(Contents, Contents).Sample((from, to) =>
    {
        byte[] delta = LineDelta.Make(from, to);
        Assert.Equal(Encoding.UTF8.GetString(to), Encoding.UTF8.GetString(LineDelta.Apply(from, delta, to.Length)));
    });

    [Fact]
    public void Bytes_that_are_no_difference_are_refused_or_make_another_content() =>
        Gen.Select(Contents, Gen.Char["01=-+9\nx"].Array[0, 30])
        .Sample((from, text) =>
        {
            try
            {
                Assert.True(LineDelta.Apply(from, Encoding.UTF8.GetBytes(text), 1000).Length <= 1001);
            }
            catch (InvalidDataException)
            {
            }
        });

    [Fact]
    public void The_difference_of_a_million_lines_of_which_a_hundred_changed_is_short()
    {
        string[] lines = [.. Enumerable.Range(0, 1_000_000).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}")];
        byte[] from = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        for (int i = 0; i < 100; i++) lines[(i * 9973) + 17] = $"192.0.2.{i}";
        byte[] to = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        byte[] delta = LineDelta.Make(from, to);
        Assert.InRange(ContentPieces.Pack(delta).Length, 1, 10_000);
        Assert.Equal(Sha256Digest.Text(to), Sha256Digest.Text(LineDelta.Apply(from, delta, to.Length)));
    }

    [Fact]
    public void Changes_are_the_lines_that_go_and_come() => Assert.Equal(
        [(false, "b"), (true, "x"), (true, "d")],
        LineDelta.Changes("a\nb\nc\n"u8.ToArray(), "a\nx\nc\nd\n"u8.ToArray()));
}
