using System.Text;
using Skep.Signing.Pem;

namespace Skep.Signing.Tests.Pem;

/// <summary>Which blocks a PEM file has (RFC 7468).</summary>
public sealed class PemReaderTests
{
    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Shapes = new()
    {
        ["blocks"] = (5000, n => Many(n, "-----BEGIN A-----\nAAAA\n-----END A-----\n")),
        ["beginnings"] = (20000, n => Many(n, "-----BEGIN A-----\n")),
        ["ends"] = (20000, n => "-----BEGIN B-----\n" + Many(n, "-----END A-----\n")),
        ["beginnings of a line"] = (100000, n => Many(n, "-----BEGIN A-----")),
        ["headers"] = (20000, n => "-----BEGIN A-----\n" + Many(n, "a: b\n") + "-----END A-----\n"),
        ["a body"] = (20000, n => "-----BEGIN A-----\n" + Many(n, "AAAA\n") + "-----END A-----\n"),
    };

    public static TheoryData<string> Names => [.. Shapes.Keys];

    [Theory]
    [InlineData("", "")]
    [InlineData("text\n", "")]
    [InlineData("-----BEGIN A-----\nAQID\n-----END A-----\n", "A:010203")]
    [InlineData("-----BEGIN A-----\r\nAQID\r\nBAUG\r\n-----END A-----", "A:010203040506")]
    [InlineData("before\n-----BEGIN A B-----\n AQ==\n-----END A B----- \nafter: x\n-----BEGIN C-----\n-----END C-----", "A B:01 C:")]
    [InlineData("-----BEGIN A-----\nAQ!D\n-----END A-----\n", "A:damaged")]
    [InlineData("-----BEGIN A-----\nAQI\n-----END A-----\n", "A:damaged")]
    [InlineData("-----BEGIN A-----\nAQID\n-----END B-----\n", "")]
    [InlineData("-----BEGIN A-----\nAQID\n-----BEGIN B-----\nBA==\n-----END B-----\n", "B:04")]
    [InlineData("-----BEGIN A-----\nAQID\n", "")]
    [InlineData("-----BEGIN -----\nAQID\n-----END -----\n", "")]
    [InlineData("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\nAQID\n-----END A-----\n", "A:010203:encrypted")]
    [InlineData("-----BEGIN A-----\nProc-Type: 4,CLEAR\n\nAQID\n-----END A-----\n", "A:010203")]
    public void Blocks_are_read(string text, string expected) => Assert.Equal(
        expected,
        string.Join(' ', PemReader.Read(Encoding.Latin1.GetBytes(text)).Select(block =>
            $"{block.Label}:{(block.Der is null ? "damaged" : Convert.ToHexString(block.Der))}{(block.IsEncrypted ? ":encrypted" : "")}")));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_costs_about_as_much_as_it_is_long(string shape) => Growth.AssertAboutLinear(
        Shapes[shape].Size, n => Encoding.ASCII.GetBytes(Shapes[shape].Make(n)), text => Assert.NotNull(PemReader.Read(text)));

    private static string Many(int n, string text) => new StringBuilder().Insert(0, text, n).ToString();
}
