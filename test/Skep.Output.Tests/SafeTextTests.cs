using System.Globalization;
using System.Text;
using CsCheck;

namespace Skep.Output.Tests;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain name_0.9", "plain name_0.9")]
    [InlineData("\e[31mred", @"\x1b[31mred")]
    [InlineData("a\nb\tc\r", @"a\x0ab\x09c\x0d")]
    [InlineData("\0", @"\x00")]
    [InlineData("\u007f\u009b", @"\x7f\x9b")]
    [InlineData(@"C:\x1b", @"C:\\x1b")]
    [InlineData("ab\u202egnp.exe", @"ab\u202egnp.exe")]
    [InlineData("\u200b\ufeff\u2028", @"\u200b\ufeff\u2028")]
    [InlineData("café 日本", "café 日本")]
    [InlineData("\U0001f41d", "\U0001f41d")]
    [InlineData("\U000e0041", @"\ue0041")]
    public void Text_is_escaped(string text, string safe) => Assert.Equal(safe, SafeText.Escape(text));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => Assert.Equal("\ufffdx", SafeText.Escape("\ud800x"));

    [Fact]
    public void No_control_or_format_character_is_left() => Gen.String.Sample(text =>
    {
        string safe = SafeText.Escape(text);
        foreach (Rune rune in safe.EnumerateRunes())
            Assert.False(
                Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator, safe);
    });

    [Fact]
    public void Different_texts_stay_different() =>
        Gen.Select(Ascii, Ascii).Sample((a, b) => Assert.Equal(a == b, SafeText.Escape(a) == SafeText.Escape(b)));

    [Fact]
    public void A_log_keeps_its_lines() => Assert.Equal("a\n\\x0db\n", SafeText.EscapeLines("a\n\rb\n"));

    private static Gen<string> Ascii => Gen.Char["\\x01b\x01\x1b\n"].Array[0, 5].Select(c => new string(c));
}
