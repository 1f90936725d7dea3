using System.Text.Json;

namespace Skep.Output;

/// <summary>How data is printed.</summary>
public enum OutputForm
{
    Text,

    /// <summary>JSON: one value per line.</summary>
    Json,

    /// <summary>JSON over several lines.</summary>
    Pretty,
}

public static class OutputFormJson
{
    /// <summary>The one style of JSON: what is not ASCII, or a mark that HTML or a terminal could take for its own, is escaped.</summary>
    public static JsonWriterOptions JsonOptions(this OutputForm form) =>
        new() { Indented = form == OutputForm.Pretty, SkipValidation = true };
}
