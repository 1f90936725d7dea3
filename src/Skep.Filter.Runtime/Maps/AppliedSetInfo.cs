namespace Skep.Filter.Runtime.Maps;

/// <summary>A set of an applied table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The types of its parts.</param>
/// <param name="Elements">How many elements it has, those that have run out since it was changed included.</param>
public sealed record AppliedSetInfo(string Name, IReadOnlyList<string> Type, int Elements);
