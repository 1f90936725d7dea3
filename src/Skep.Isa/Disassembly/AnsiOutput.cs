namespace Skep.Isa;

/// <summary>Disassembly with ANSI colours, for terminals.</summary>
/// <param name="text">Takes the text and the control sequences.</param>
public sealed class AnsiOutput(TextOutput text) : ITokenOutput
{
    private const string Reset = "\u001b[0m";

    /// <inheritdoc/>
    public void Write(TokenKind kind, ReadOnlySpan<char> token)
    {
        var colour = ColourOf(kind);
        if (colour is null)
        {
            text.Write(token);
            return;
        }

        text.Write(colour);
        text.Write(token);
        text.Write(Reset);
    }

    private static string? ColourOf(TokenKind kind) => kind switch
    {
        TokenKind.Opcode or TokenKind.Comment => "\u001b[90m",
        TokenKind.Keyword => "\u001b[35m",
        TokenKind.Register => "\u001b[36m",
        TokenKind.Number => "\u001b[33m",
        TokenKind.Size => "\u001b[32m",
        TokenKind.Label => "\u001b[94m",
        TokenKind.Helper or TokenKind.KernelSymbol or TokenKind.Function => "\u001b[34m",
        TokenKind.Map => "\u001b[95m",
        TokenKind.Invalid => "\u001b[31m",
        _ => null,
    };
}
