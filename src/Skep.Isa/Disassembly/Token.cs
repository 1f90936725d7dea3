namespace Skep.Isa;

/// <summary>What a piece of disassembly is, for colour and links.</summary>
public enum TokenKind : byte
{
    /// <summary>White space.</summary>
    Space,

    /// <summary>The opcode in parentheses that starts kernel text, or a slot number of a listing.</summary>
    Opcode,

    /// <summary>A word of the language: <c>if</c>, <c>goto</c>, <c>call</c>, <c>exit</c>, <c>lock</c>.</summary>
    Keyword,

    /// <summary>A register.</summary>
    Register,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A type of a memory access or cast: <c>u32</c>, <c>s8</c>.</summary>
    Size,

    /// <summary>An operator: <c>+=</c>, <c>==</c>.</summary>
    Operator,

    /// <summary>Brackets, commas.</summary>
    Punctuation,

    /// <summary>A place that a jump goes to: <c>pc+5</c>, or a name.</summary>
    Label,

    /// <summary>A helper function.</summary>
    Helper,

    /// <summary>A kernel function or variable.</summary>
    KernelSymbol,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A remark.</summary>
    Comment,

    /// <summary>Text for something that is no instruction.</summary>
    Invalid,
}

/// <summary>Takes disassembly piece by piece.</summary>
public interface ITokenOutput
{
    /// <summary>Takes the next piece.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">Its text, valid during the call only. Control characters have been escaped.</param>
    void Write(TokenKind kind, ReadOnlySpan<char> text);
}
