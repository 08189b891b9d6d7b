import type { Entity, Fields } from '../entity.ts'
import type { LinkName, Links } from '../links.ts'
import { type Context, siteOf, userUri } from './context.ts'

/** Returns `User`: the account, as its owner or anybody sees it (fact sheet 3.1). */
export function userEntity(context: Context): Entity {
  const { world } = context.atlas
  const isOwner = context.viewer === 'owner'
  const overrides = world.userFields
  return {
    fields: { ...userFields(context), ...(isOwner ? ownerFields(context) : {}) },
    uri: userUri(context),
    webUri: siteOf(context),
    description: 'User By Nickname',
    links: () => userLinks(context),
    responseLevel: isOwner ? 'Full' : 'Public',
    ...(overrides === undefined ? {} : { overrides: isOwner ? overrides : onlyPublic(overrides) }),
  }
}

const PUBLIC_FIELDS = new Set(['NickName', 'Name', 'QuickShare', 'RefTag', 'ViewPassHint', 'ResponseLevel'])

function onlyPublic(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => PUBLIC_FIELDS.has(name)))
}

function userFields(context: Context): Fields {
  const { nickName, name } = context.atlas.world
  return { NickName: nickName, ViewPassHint: '', RefTag: `reftag-${nickName}`, Name: name, QuickShare: true }
}

function ownerFields(context: Context): Fields {
  const { nickName, name } = context.atlas.world
  const [firstName = '', ...rest] = name.split(' ')
  return {
    AccountStatus: 'Active',
    City: '',
    Country: '',
    Domain: '',
    DomainOnly: '',
    Email: `${nickName}@example.com`,
    FirstName: firstName,
    FriendsView: false,
    ImageCount: context.atlas.imageCount,
    IsAdmin: false,
    IsGettingStarted: false,
    IsTrial: false,
    IsTrialExpired: false,
    LastName: rest.join(' '),
    PhoneNum: '',
    Plan: 'Power',
    SortBy: 'LastUpdated',
    State: '',
    Street1: '',
    Street2: '',
    TotalAccountSize: '123456789',
    TotalUploadedSize: '123456789',
    ViewPassword: '',
    Zip: '',
  }
}

const PUBLIC_ACTIONS: readonly (readonly [LinkName, string])[] = [
  ['BioImage', 'bioimage'],
  ['CoverImage', 'coverimage'],
  ['UserProfile', 'profile'],
  ['UrlPathLookup', 'urlpathlookup'],
  ['UserAlbums', 'albums'],
  ['UserFeaturedAlbums', 'featuredalbums'],
  ['UserGeoMedia', 'geomedia'],
  ['UserImageSearch', 'imagesearch'],
  ['UserPopularMedia', 'popularmedia'],
  ['UserRecentImages', 'recentimages'],
  ['UserTopKeywords', 'topkeywords'],
]

const OWNER_ACTIONS: readonly (readonly [LinkName, string])[] = [
  ['DuplicateImageSearch', 'duplicateimagesearch'],
  ['Features', 'features'],
  ['SiteSettings', 'sitesettings'],
  ['SortUserFeaturedAlbums', 'sortfeaturedalbums'],
  ['UserAlbumTemplates', 'albumtemplates'],
  ['UserAssetsAlbum', 'assetsalbum'],
  ['UserContacts', 'contacts'],
  ['UserCoupons', 'coupons'],
  ['UserDeletedAlbums', 'deletedalbums'],
  ['UserDeletedFolders', 'deletedfolders'],
  ['UserDeletedPages', 'deletedpages'],
  ['UserGrants', 'grants'],
  ['UserGuideStates', 'guides'],
  ['UserHideGuides', 'hideguides'],
  ['UserLatestQuickNews', 'latestquicknews'],
  ['UserPrintmarks', 'printmarks'],
  ['UserTasks', 'tasks'],
  ['UserUploadLimits', 'uploadlimits'],
  ['UserWatermarks', 'watermarks'],
]

function userLinks(context: Context): Links {
  const base = userUri(context)
  const actions = context.viewer === 'owner' ? [...PUBLIC_ACTIONS, ...OWNER_ACTIONS] : PUBLIC_ACTIONS
  return [
    ['Node', `/api/v2/node/${context.atlas.root.nodeId}`],
    ['Folder', `/api/v2/folder${base.slice('/api/v2'.length)}`],
    ...actions.map(([name, action]): Links[number] => [name, `${base}!${action}`]),
  ]
}

/** Returns the rows of `!uploadlimits`. */
export function uploadLimits(): readonly Fields[] {
  return [
    { Type: 'Photos', MimeTypes: ['image/jpeg', 'image/png', 'image/gif', 'image/heic'], MaxSize: 524288000, MaxPixels: 210000000 },
    { Type: 'Videos', MimeTypes: ['video/mp4', 'video/quicktime'], MaxSize: 3221225472 },
    { Type: 'Archives', MimeTypes: ['image/x-adobe-dng'], MaxSize: 3221225472 },
  ]
}
