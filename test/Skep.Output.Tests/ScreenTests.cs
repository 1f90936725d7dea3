using Skep.Output.Screen;

namespace Skep.Output.Tests;

public sealed class ScreenTests
{
    private static readonly ListColumn<string[]>[] Columns =
    [
        new("ID", 3, row => row[0], (a, b) => string.CompareOrdinal(a[0], b[0])),
        new("NAME", -4, row => row[1], (a, b) => string.CompareOrdinal(a[1], b[1])),
        new("WHERE", -4, row => row[2], (a, b) => string.CompareOrdinal(a[2], b[2])),
    ];

    private static readonly string[][] Rows =
    [
        ["1", "a_name_of_twenty_char", "somewhere far away, in another namespace"], ["1000000", "b", "here"],
    ];

    [Fact]
    public void Rows_are_whole_where_there_is_room()
    {
        int[] widths = ListTable.Fitted(Columns, Rows, 200);
        Assert.Equal("     ID NAME                  WHERE", ListTable.Head(Columns, widths, 200));
        Assert.Equal(
            "      1 a_name_of_twenty_char somewhere far away, in another namespace", ListTable.Row(Columns, widths, 200, Rows[0]));
    }

    [Theory]
    [InlineData(40, "      1 a_name_of_twenty_char somewhere ")]
    [InlineData(24, "      1 a_name_of somewh")]
    [InlineData(12, "      1 a_na")]
    [InlineData(3, "   ")]
    public void Text_gives_way_and_numbers_do_not(int width, string row)
    {
        int[] widths = ListTable.Fitted(Columns, Rows, width);
        Assert.Equal(row, ListTable.Row(Columns, widths, width, Rows[0]));
        Assert.True(ListTable.Head(Columns, widths, width, 1, "*").Length <= width);
    }

    [Fact]
    public void Nothing_has_the_width_of_its_titles() =>
        Assert.Equal(" ID NAME  WHERE", ListTable.Head(Columns, ListTable.Fitted(Columns, [], 80), 80));

    [Theory]
    [InlineData("\t", KeyName.Tab)]
    [InlineData("\e", KeyName.Escape)]
    [InlineData("\e[5~", KeyName.PageUp)]
    [InlineData("\e[99~", KeyName.None)]
    public void Keys_are_those_of_a_terminal(string bytes, KeyName name)
    {
        ReadOnlySpan<byte> sent = System.Text.Encoding.ASCII.GetBytes(bytes);
        Assert.Equal(name, TerminalKey.Next(ref sent).Name);
        Assert.True(sent.IsEmpty);
    }
}
