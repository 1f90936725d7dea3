using System.Text;

namespace Skep.Inventory.Code;

/// <summary>Names that tools show as they are.</summary>
public static class ElfSymbolName
{
    /// <summary>A program's name as a symbol; <c>prog</c> for none.</summary>
    public static string Of(string? name)
    {
        var symbol = new StringBuilder();
        foreach (char c in name ?? "") symbol.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? c : '_');
        return symbol.Length == 0 ? "prog" : symbol.ToString();
    }
}
