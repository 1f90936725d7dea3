namespace Skep.Filter.Model;

/// <summary>Modes as rule files, listings and what is kept of tables have them.</summary>
internal static class AttachModeText
{
    internal const string Native = "native", Generic = "generic", Auto = "auto";

    internal static AttachMode? Find(string text) => text switch
    {
        Native => AttachMode.Native,
        Generic => AttachMode.Generic,
        Auto => AttachMode.Auto,
        _ => null,
    };
}
