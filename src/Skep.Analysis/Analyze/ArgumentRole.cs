namespace Skep.Analysis.Analyze;

/// <summary>What a helper does with an argument.</summary>
public static class ArgumentRole
{
    /// <summary>No such argument.</summary>
    public const char None = '-';

    /// <summary>The context.</summary>
    public const char Context = 'c';

    /// <summary>A map.</summary>
    public const char Map = 'm';

    /// <summary>A map's key, read.</summary>
    public const char Key = 'k';

    /// <summary>A map's value, read.</summary>
    public const char Value = 'v';

    /// <summary>A map's value, written.</summary>
    public const char ValueOut = 'V';

    /// <summary>Memory that is read; a size follows, or it is a string or a structure that the helper knows.</summary>
    public const char Read = 'r';

    /// <summary>Memory that is written; a size follows.</summary>
    public const char Write = 'w';

    /// <summary>Memory that is read and written; a size follows.</summary>
    public const char ReadWrite = 'b';

    /// <summary>Bytes of the memory before.</summary>
    public const char Size = 's';

    /// <summary>A number.</summary>
    public const char Number = 'n';

    /// <summary>A function of the program.</summary>
    public const char Function = 'f';

    /// <summary>What a callback is given.</summary>
    public const char CallbackContext = 'p';

    /// <summary>An object of the kernel.</summary>
    public const char Object = 'o';

    /// <summary>A dynptr.</summary>
    public const char Dynptr = 'd';

    /// <summary>A dynptr that is made.</summary>
    public const char DynptrOut = 'D';

    /// <summary>A lock, timer or kernel pointer inside of a map's value.</summary>
    public const char Special = 'x';

    /// <summary>8 bytes that are written.</summary>
    public const char LongOut = '8';

    /// <summary>4 bytes that are written.</summary>
    public const char IntOut = '4';

    /// <summary>An address of the kernel that is read from.</summary>
    public const char KernelSource = 'K';

    /// <summary>An address of user space that is read from.</summary>
    public const char UserSource = 'U';

    /// <summary>An address of user space that is written to.</summary>
    public const char UserDestination = 'u';

    /// <summary>A record of a ring buffer.</summary>
    public const char Record = 'R';
}
